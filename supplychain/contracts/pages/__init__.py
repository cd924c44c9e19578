"""Pages of contracts, prices, orders, deliveries and settlements."""

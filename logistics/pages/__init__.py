"""Pages of logistics: demand and packing, shipments and gates, the fleet."""

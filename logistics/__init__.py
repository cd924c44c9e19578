"""Allocation, packing, shipments, temperatures and receipts: how the goods travel."""

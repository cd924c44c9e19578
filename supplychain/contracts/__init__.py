"""Channels, contracts, orders, deliveries and settlements; goods and lorries are others' business."""

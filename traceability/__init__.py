"""Batches, the trace ledger, certificates, holds, codes and scans: what is true of the goods."""

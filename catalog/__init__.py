"""What grows where and when and how it keeps: products, grades, storage, seasons, supply bases."""

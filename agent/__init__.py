"""The person's computer: asks, shows, records, obeys Stop."""

"""Who is stronger: matches, schedules, the ledger, ratings, reports, and the `gamelab` command line."""

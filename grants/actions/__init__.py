"""What happens to applications: drafting, submission, return, decision, announcement."""

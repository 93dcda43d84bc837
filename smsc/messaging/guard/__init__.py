"""What stops a stolen, runaway or pumped account: caps, quarantine, shut prefixes."""

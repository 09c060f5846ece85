"""What every module stands on: events, audit, security, standards, people."""

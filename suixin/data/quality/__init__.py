"""Judgement of a batch: profile, proposed contract, checks, verdict, score."""

"""Background work: jobs that outlive a request and a process, schedules, loops, and the worker that runs them."""

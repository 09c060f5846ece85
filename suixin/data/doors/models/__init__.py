"""What doors keep themselves: tokens of recipients."""

from suixin.data.doors.models.shares import ShareToken as ShareToken

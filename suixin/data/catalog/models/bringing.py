"""What a workbook that was brought has been registered as, row by row."""

from django.db import models

from suixin.data.catalog.models.entries import Resource


class BroughtRow(models.Model):
    """A row of a workbook that became an entry: written with it, so that the same workbook brought on after a stop knows its own."""

    workbook = models.CharField("导入", max_length=36)
    row = models.PositiveIntegerField("行")
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workbook", "row"], name="brought_row_once")]
        verbose_name = "导入行"

    def __str__(self) -> str:
        return f"{self.workbook} {self.row}"

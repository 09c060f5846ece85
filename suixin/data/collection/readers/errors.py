"""Why a whole file is refused. Each sentence names the file, what is wrong and what to do."""

from suixin.kit.errors import SuixinError

LISTED_FORMATS = (
    "CSV、TSV、TXT、XLS、XLSX、XLSM、JSON、JSON 行、GeoJSON、CityJSON、Parquet、SQLite，以及它们的 gzip、zstd、zip 压缩包"
)


class ReaderError(SuixinError):
    """A file cannot become tables."""

    code = "col-422"
    http_status = 422


class UnknownFormat(ReaderError):
    """The file is of a format that is not taken."""

    code = "col-415"
    http_status = 415

    def __init__(self, name: str, file_format: str) -> None:
        sentence = f"“{name}”是{file_format}，不在可采集的格式之内。可采集：{LISTED_FORMATS}。请转换后再上传。"
        super().__init__(sentence, file=name, format=file_format)
        self.format = file_format


class UnreadableFile(ReaderError):
    """The format is taken, but this file is damaged, empty, or over a limit."""

    def __init__(self, name: str, what: str, *, file_format: str = "") -> None:
        super().__init__(f"“{name}”无法读取：{what}", file=name, format=file_format)
        self.format = file_format
        self.what = what


class EmptySheet(UnreadableFile):
    """Nothing stands in a sheet, as in the second and third one of many workbooks."""


class FileChanged(UnreadableFile):
    """The file grew, shrank or vanished while it was read."""

    code = "col-409"
    http_status = 409
    retry = True

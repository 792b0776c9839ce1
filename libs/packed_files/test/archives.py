"""Makes packed files for the cases beside it."""

import gzip as gzip_module
import io
import tarfile
import zipfile

TIME = (2024, 5, 1, 8, 0, 0)


def messages(count):
    text = "".join(
        f"MSH|^~\\&|LAB|HOSP|||20240101120000||ORU^R01|M{i}|P|2.5\rPID|1||P{i * 7919 % 100003}\rOBX|1|NM|GLU||{i * 31 % 997}\r" for i in range(count)
    )
    return text.encode()


def gzip(data):
    return gzip_module.compress(data, mtime=0)


def zstd(data):
    import pyarrow

    return pyarrow.compress(data, codec="zstd", asbytes=True)


def zip(members, stored=False):
    """From (name, bytes) pairs, or a dictionary."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(zipfile.ZipInfo(name, TIME), data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return file.getvalue()


def tar(members, form=tarfile.PAX_FORMAT):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mtime = 1714550400
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def save(data):
    with open("input", "wb") as file:
        file.write(data)

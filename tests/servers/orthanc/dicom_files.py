#!/usr/bin/env python3
"""Writes small DICOM files: one instance each, named PATIENT-STUDY-SERIES-INSTANCE.dcm.

    dicom_files.py FOLDER --patients 5 --studies 2 --series 2 --instances 3

The same numbers make the same files. They differ as the files of hospitals do: character sets (Latin 1, UTF-8, Japanese by ISO 2022), names in
three groups, several modalities, sequences, private elements, times with and without an offset from UTC, and patients of whom little is known.
"""
import argparse
import pathlib

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.10.1338"  # of no one: for tests
MODALITIES = [("CT", "1.2.840.10008.5.1.4.1.1.2"), ("MR", "1.2.840.10008.5.1.4.1.1.4"), ("US", "1.2.840.10008.5.1.4.1.1.6.1"),
              ("SR", "1.2.840.10008.5.1.4.1.1.88.11")]


def describe_patient(file, patient):
    kind = patient % 5
    if kind == 0:
        file.SpecificCharacterSet = "ISO_IR 100"
        file.PatientName = f"Müller^Jörg{patient}"
    elif kind == 1:
        file.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        file.PatientName = "Yamada^Tarou=山田^太郎=やまだ^たろう"
    elif kind == 2:
        file.SpecificCharacterSet = "ISO_IR 192"
        file.PatientName = f"Νικολάου^Ελένη{patient}"
    elif kind == 3:
        file.PatientName = f"Doe^Jane{patient}^Ann^Dr.^Jr."
    if kind != 4:  # of the last kind nothing is known but a number
        file.PatientBirthDate = f"19{40 + patient % 50}0229" if patient % 4 == 0 else f"19{40 + patient % 50}0704"
        file.PatientSex = "FMO"[patient % 3]
    file.PatientID = f"P{patient:04}" if kind != 1 else f"患者{patient:04}"


def instance(patient, study, series, number):
    modality, sop_class = MODALITIES[(patient + series) % len(MODALITIES)]
    study_uid = f"{ROOT}.{patient}.{study}"
    file = Dataset()
    describe_patient(file, patient)
    file.SOPClassUID = sop_class
    file.StudyInstanceUID = study_uid
    file.SeriesInstanceUID = f"{study_uid}.{series}"
    file.SOPInstanceUID = f"{study_uid}.{series}.{number}"
    file.Modality = modality
    if patient % 5 != 4:
        file.StudyDate = f"2024{1 + study % 12:02}{1 + patient % 28:02}"
        file.StudyTime = "101112.5" if study % 2 else "0830"
        file.AccessionNumber = f"A{patient}-{study}"
        file.ReferringPhysicianName = "House^Gregory"
        file.StudyDescription = f"Study {study}"
        file.StudyID = str(study)
    if patient % 2:
        file.TimezoneOffsetFromUTC = "+0900"
    file.SeriesNumber = series
    file.SeriesDescription = f"Series {series}"
    file.InstanceNumber = number
    file.BodyPartExamined = "CHEST"
    if modality != "SR":
        file.Rows, file.Columns, file.BitsAllocated = 4, 4, 16
        file.PixelSpacing = ["0.50", "0.25"]
    request = Dataset()
    request.ScheduledProcedureStepID = f"S{series}"
    request.RequestedProcedureID = "R1"
    file.RequestAttributesSequence = Sequence([request])
    block = file.private_block(0x0009, "LAKEFLOW TESTS", create=True)
    block.add_new(0x01, "LO", f"private {number}")
    file.file_meta = FileMetaDataset()
    file.file_meta.MediaStorageSOPClassUID = sop_class
    file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
    file.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return file


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    for name, count in (("patients", 5), ("studies", 2), ("series", 2), ("instances", 3)):
        arguments.add_argument(f"--{name}", type=int, default=count)
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for patient in range(given.patients):
        for study in range(given.studies):
            for series in range(given.series):
                for number in range(given.instances):
                    pydicom.dcmwrite(given.folder / f"{patient:03}-{study:02}-{series:02}-{number:03}.dcm", instance(patient, study, series, number),
                                     enforce_file_format=True)
    # A study that came under two patient IDs, as it does where one was corrected on one machine alone.
    for patient_id in ("WRONG", "RIGHT"):
        file = instance(3, 99, 0, 0)
        file.PatientID = patient_id
        pydicom.dcmwrite(given.folder / f"twice-{patient_id}.dcm", file, enforce_file_format=True)


main()

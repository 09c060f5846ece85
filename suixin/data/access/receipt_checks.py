"""Receipts that somebody holds, checked off line: what `suixin receipt` needs of the lake, of which it reads nothing else."""

from suixin.data.lake.answer_form import is_answer as is_answer
from suixin.data.lake.answer_form import told_of_answer as told_of_answer
from suixin.data.lake.answer_form import verify_answer as verify_answer
from suixin.data.lake.exchange_form import is_exchange as is_exchange
from suixin.data.lake.exchange_form import told_of as told_of
from suixin.data.lake.exchange_form import verify_exchange as verify_exchange
from suixin.data.lake.letter_form import RECEIPT as RECEIPT
from suixin.data.lake.letter_form import body_of as body_of
from suixin.data.lake.letter_form import receipted_letter as receipted_letter
from suixin.data.lake.purging.certificate_form import HEAD as HEAD
from suixin.data.lake.purging.certificate_form import verify_certificate as verify_certificate
from suixin.data.lake.receipt_form import fingerprint_of as fingerprint_of
from suixin.data.lake.receipt_proof import proof_of as proof_of
from suixin.data.lake.receipt_proof import verify_proof as verify_proof
from suixin.data.lake.receipt_rows import rows_of_file as rows_of_file
from suixin.data.lake.receipt_verifying import Verdict as Verdict
from suixin.data.lake.receipt_verifying import parsed as parsed
from suixin.data.lake.receipt_verifying import verify_receipt as verify_receipt

select * from aws_iam_credential_report;

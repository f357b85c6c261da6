-- Written by make generate from iam_fdw/checks/: do not edit.

create or replace view :"schema".iam_benchmark as
select
  benchmark,
  title
from (
  values
    (
      'cis_v1.2.0',
      'CIS Amazon Web Services Foundations Benchmark v1.2.0'
    ),
    (
      'cis_v1.3.0',
      'CIS Amazon Web Services Foundations Benchmark v1.3.0'
    ),
    (
      'cis_v1.4.0',
      'CIS Amazon Web Services Foundations Benchmark v1.4.0'
    ),
    (
      'cis_v1.5.0',
      'CIS Amazon Web Services Foundations Benchmark v1.5.0'
    ),
    (
      'cis_v2.0.0',
      'CIS Amazon Web Services Foundations Benchmark v2.0.0'
    ),
    (
      'cis_v3.0.0',
      'CIS Amazon Web Services Foundations Benchmark v3.0.0'
    ),
    (
      'cis_v4.0.1',
      'CIS Amazon Web Services Foundations Benchmark v4.0.1'
    ),
    (
      'cis_v5.0.0',
      'CIS Amazon Web Services Foundations Benchmark v5.0.0'
    ),
    (
      'cis_v6.0.0',
      'CIS Amazon Web Services Foundations Benchmark v6.0.0'
    ),
    (
      'cis_v7.0.0',
      'CIS Amazon Web Services Foundations Benchmark v7.0.0'
    ),
    (
      'fsbp',
      'AWS Foundational Security Best Practices'
    ),
    (
      'security_hub',
      'AWS Security Hub controls, of all its standards'
    ),
    (
      'pci_dss_v4.0.1',
      'PCI DSS v4.0.1'
    )
) as known (benchmark, title);

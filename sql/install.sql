-- Install iam_fdw into a database, or bring what is installed up to date, in one transaction. As a superuser:
--   psql -f sql/install.sql
-- with variables, each of which can be left out:
--   -v schema=public     the schema of tables and views
--   -v server=aws        the name of the foreign server
--   -v option=name=value an option of the server (more than one: a line each)
--   -v reader=ROLE       a role that may read tables and views
--   -v engine=minicorn   minicorn or multicorn; otherwise the one that is installed, minicorn first
-- `iam-fdw install` runs the same files. README.md describes them.
\set ON_ERROR_STOP on
\if :{?schema} \else \set schema public \endif
\if :{?server} \else \set server aws \endif
\if :{?option} \else \set option '' \endif
\if :{?reader} \else \set reader '' \endif
\if :{?engine} \else \set engine '' \endif
begin;
\ir 00_engine.sql
\ir 01_names.sql
\ir 02_trust.sql
\ir 10_schema.sql
\ir generated/11_validator.sql
\ir 12_wrapper.sql
\ir 13_server.sql
\ir 20_tables.sql
\ir generated/21_tables.sql
\ir generated/22_comments.sql
\ir 30_settings.sql
\ir 31_times.sql
\ir 35_history.sql
\ir generated/36_history_columns.sql
\ir 37_record.sql
\ir generated/38_report_at.sql
\ir 39_changes.sql
\ir 40_credential.sql
\ir 50_checks.sql
\ir generated/iam_check.sql
\ir generated/iam_validate_exemption.sql
\ir 51_exemption.sql
\ir generated/iam_check_result.sql
\ir 52_results.sql
\ir generated/iam_benchmark.sql
\ir generated/iam_benchmark_control.sql
\ir generated/iam_verdict.sql
\ir 53_benchmarks.sql
\ir generated/60_comments.sql
\ir 61_replaced.sql
\ir 90_grants.sql
\ir 02_trust.sql
\ir 95_exemptions.sql
commit;

-- Install iam_fdw into a database, or bring what is installed up to date, in one transaction. As a superuser:
--   psql -f sql/install.sql
-- with variables, each of which can be left out:
--   -v schema=public     where tables and views go
--   -v server=aws        the name of the foreign server
--   -v option=name=value an option of the server (more than one: a line each)
--   -v reader=ROLE       a role that may read tables and views
--   -v engine=minicorn     minicorn or multicorn; otherwise the one that is installed, minicorn first
-- `iam-fdw install` runs the same files.
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
\ir 10_wrapper.sql
\ir 11_server.sql
\ir 20_tables.sql
\ir 21_comments.sql
\ir 30_settings.sql
\ir 35_history.sql
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
\ir 60_comments.sql
\ir 90_grants.sql
\ir 02_trust.sql
commit;

-- Remove what sql/install.sql made, except schema and extension. Refused where something else depends on it.
--   psql -f sql/uninstall.sql
-- with the variables schema and server, if they are not public and aws.
\set ON_ERROR_STOP on
\if :{?schema} \else \set schema public \endif
\if :{?server} \else \set server aws \endif
begin;
\ir 01_names.sql
\ir 03_installed.sql
\ir 02_trust.sql
\ir 99_drop.sql
commit;

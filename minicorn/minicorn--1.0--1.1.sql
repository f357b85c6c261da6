\echo Use "alter extension minicorn update to '1.1'" to load this file. \quit

create function minicorn_settings(prefix text)
  returns setof text
  language c stable strict parallel restricted
  rows 10
  as 'MODULE_PATHNAME';

comment on function minicorn_settings(text) is
  'names of the session''s settings that no module defines, begin with the prefix, and have a value';

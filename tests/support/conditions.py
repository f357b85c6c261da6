"""The forms of conditions that tests/database/test_conditions_sql.py compares, by name: one line each."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from support.reports import ACCOUNT

OTHER = "444455556666"
NOW = datetime.now(timezone.utc).replace(microsecond=0)
MADE = NOW - timedelta(hours=30)
AT = f"'{MADE.isoformat()}'"

# Conditions by the name of their form.
CONDITIONS = {
    # comparisons
    "=": f"account_id = '{OTHER}'",
    "= with the column on the right": f"'{OTHER}' = account_id",
    "<>": f"account_id <> '{OTHER}'",
    "< and >=": f"account_id < '{OTHER}' or account_id >= '5'",
    "not (=)": f"not account_id = '{OTHER}'",
    "between": f"account_id between '{ACCOUNT}' and '2'",
    "not between": f"account_id not between '{ACCOUNT}' and '2'",
    "between symmetric": f"account_id between symmetric '2' and '{ACCOUNT}'",
    "= an id with spaces": f"account_id = ' {OTHER} '",
    "= an id that is too long": f"account_id = '{OTHER}0'",
    "= an empty text": "account_id = ''",
    "= a text of quotes and backslashes": r"""account_id = E'\\''";%_\u00e4'""",
    "= of two columns": "user_name = account_id",
    "<> of two columns": "user_name <> account_id",
    "< of two columns": "access_key_1_last_rotated < access_key_1_last_used_date",
    # null
    "is null": "account_id is null",
    "is not null": "account_id is not null",
    "= null": "account_id = null",
    "<> null": "account_id <> null",
    "is distinct from": f"account_id is distinct from '{OTHER}'",
    "is not distinct from": f"account_id is not distinct from '{OTHER}'",
    "is not distinct from null": "account_id is not distinct from null",
    "is null of a time": "password_last_used is null",
    # lists
    "in": f"account_id in ('{ACCOUNT}', '{OTHER}')",
    "in, of one": f"account_id in ('{OTHER}')",
    "in, of many with some unknown": f"account_id in ('{OTHER}', '999999999999', 'x')",
    "in, with null": f"account_id in ('{OTHER}', null)",
    "in, with a setting": f"account_id in ('{ACCOUNT}', current_setting('regress.account'))",
    "not in": f"account_id not in ('{OTHER}')",
    "not in, with null": f"account_id not in ('{OTHER}', null)",
    "= any (array)": f"account_id = any (array['{OTHER}', '{ACCOUNT}'])",
    "= any (array of varchar)": f"account_id = any ('{{{OTHER}}}'::varchar[])",
    "= any (array with null)": f"account_id = any (array[null, '{OTHER}'])",
    "= any (empty array)": "account_id = any ('{}')",
    "= any (null)": "account_id = any (null::text[])",
    "= any (array of arrays)": f"account_id = any ('{{{{{ACCOUNT},x}},{{{OTHER},y}}}}')",
    "= any (string_to_array)": f"account_id = any (string_to_array('{ACCOUNT},{OTHER}', ','))",
    "= any (array(select))": f"account_id = any (array(select '{OTHER}'))",
    "= any (select)": f"account_id = any (select '{OTHER}')",
    "<> all (array)": f"account_id <> all (array['{OTHER}'])",
    "<> all (empty array)": "account_id <> all ('{}')",
    "<> any (array)": f"account_id <> any (array['{OTHER}', 'x'])",
    "> any (array)": "account_id > any (array['2', '3'])",
    "= all (array)": f"account_id = all (array['{OTHER}', '{OTHER}'])",
    "array @> array": f"array['{OTHER}', 'x'] @> array[account_id]",
    # patterns
    "like a prefix": f"account_id like '{OTHER[:4]}%'",
    "like without a wildcard": f"account_id like '{OTHER}'",
    "not like": f"account_id not like '{OTHER[:4]}%'",
    "ilike": "user_name ilike 'ALI%'",
    "~": "account_id ~ '^4+5+6+$'",
    "!~*": "user_name !~* '^A'",
    "similar to": "user_name similar to '(alice|bob)'",
    "starts_with": "starts_with(account_id, '4')",
    # and, or, not
    "and": f"account_id = '{OTHER}' and user_name = 'alice'",
    "and that contradicts": f"account_id = '{OTHER}' and account_id = '{ACCOUNT}'",
    "or on one column": f"account_id = '{OTHER}' or account_id = '{ACCOUNT}'",
    "or on two columns": f"account_id = '{OTHER}' or user_name = 'alice'",
    "or with and": f"(account_id = '{OTHER}' and is_root) or (account_id = '{ACCOUNT}' and user_name = 'alice')",
    "not (or)": f"not (account_id = '{OTHER}' or user_name = 'alice')",
    "false": "false",
    "null": "null",
    "a constant condition": "1 = 1",
    # expressions
    "coalesce of values": f"account_id = coalesce(current_setting('regress.account', true), '{ACCOUNT}')",
    "coalesce of the column": f"coalesce(account_id, '') = '{OTHER}'",
    "coalesce as the condition": f"coalesce(account_id = '{OTHER}', false)",
    "nullif": f"account_id = nullif('{OTHER}', 'x')",
    "nullif that is null": f"account_id = nullif('{OTHER}', '{OTHER}')",
    "greatest": f"account_id = greatest('{OTHER}', '{ACCOUNT}')",
    "case of values": f"account_id = case when current_setting('regress.account') = '' then 'x' else '{OTHER}' end",
    "case as the condition": f"case when is_root then account_id = '{OTHER}' else false end",
    "a setting": "account_id = current_setting('regress.account')",
    "a concatenation": f"account_id = '{OTHER[:4]}' || '{OTHER[4:]}'",
    "a function of the column": "length(account_id) = 12",
    "upper of the column": "upper(user_name) = 'ALICE'",
    "left of the column": "left(account_id, 4) = '4444'",
    "a cast of the column to bigint": f"account_id::bigint = {OTHER}",
    "a cast of the column to varchar": f"account_id::varchar = '{OTHER}'",
    "a cast of the column to char": f"account_id::char(12) = '{OTHER}'",
    "= a varchar": f"account_id = '{OTHER}'::varchar",
    "= a varchar(4), cut off": f"account_id = '{OTHER}'::varchar(4)",
    "= a name": f"account_id = '{OTHER}'::name",
    "= a char(14), padded": f"account_id = '{OTHER}'::char(14)",
    "= a number as text": f"account_id = ({OTHER}::bigint)::text",
    "= a stable function": f"account_id = regress_stable('{OTHER}')",
    "= a volatile function": f"account_id = regress_volatile('{OTHER}')",
    "random()": f"account_id = '{OTHER}' and random() < 2",
    "a row that is another": f"(account_id, user_name) <> ('{OTHER}', 'alice')",
    "a row": f"(account_id, user_name) = ('{OTHER}', 'alice')",
    "a row that is greater": f"(account_id, user_name) > ('{OTHER}', 'a')",
    "rows in": f"(account_id, user_name) in (('{OTHER}', 'alice'), ('{ACCOUNT}', '<root_account>'))",
    "a whole row is not null": "not (t.*) is null",
    # collations
    '= in the collation "C"': f"account_id = '{OTHER}' collate \"C\"",
    '< in the collation "C"': "user_name < 'b' collate \"C\"",
    "= in a collation that ignores case": "user_name = 'ALICE' collate regress_ignore_case",
    "in, in a collation that ignores case": "user_name collate regress_ignore_case in ('ALICE', 'BOB')",
    # booleans
    "a column": "is_root",
    "not a column": "not is_root",
    "= true": "is_root = true",
    "<> true": "is_root <> true",
    "is true": "mfa_active is true",
    "is not true": "mfa_active is not true",
    "is unknown": "password_enabled is unknown",
    "in (true, null)": "is_root in (true, null)",
    "= of two booleans": "is_root = mfa_active",
    # sub-selects
    "= (select)": f"account_id = (select '{OTHER}'::text)",
    "= (select of no row)": "account_id = (select 'x' where false)",
    "= (select of null)": "account_id = (select null::text)",
    "= (select max from the table)": "account_id = (select max(account_id) from {t})",
    "in (select)": "account_id in (select id from regress_ids)",
    "not in (select)": "account_id not in (select id from regress_ids where id is not null)",
    "not in (select with null)": "account_id not in (select id from regress_ids)",
    "in (select from the table)": "generated_time in (select max(generated_time) from {t} group by account_id)",
    "exists": "exists (select from regress_ids where id = t.account_id)",
    "not exists": "not exists (select from regress_ids where id = t.account_id)",
    "exists with another row": (
        "exists (select from {t} as u where u.account_id = t.account_id and u.user_name > t.user_name)"
    ),
    "< all (select)": "account_id < all (select '5' union select '6')",
}
# Conditions on times, which neither DateStyle nor TimeZone may change.
TIMES = {
    "= a time": f"generated_time = {AT}",
    "= a time with another offset": f"generated_time = '{MADE.astimezone(timezone(timedelta(hours=9))).isoformat()}'",
    "in times": f"generated_time in ({AT}, '{NOW.isoformat()}', null)",
    "between times": f"generated_time between {AT} and now()",
    "a time before the column": f"{AT} < generated_time",
    "= infinity": "generated_time = 'infinity'",
    "between infinities": "generated_time between '-infinity' and 'infinity'",
    "> a time before Christ": "generated_time > '0044-03-15 00:00+00 BC'",
    "< the year 10000": "generated_time < '10000-01-01'",
    "> a microsecond later": f"generated_time >= {AT}::timestamptz + interval '1 microsecond'",
    "> coalesce": f"generated_time > coalesce(null, {AT})::timestamptz",
    "> greatest": f"generated_time > greatest({AT}, now() - interval '3 days')",
    "> a setting": "generated_time > current_setting('regress.time')::timestamptz",
    "> at time zone": f"generated_time > {AT}::timestamptz at time zone 'Asia/Kolkata'",
    "> to_timestamp": f"generated_time > to_timestamp({MADE.timestamp()})",
    "> date_trunc in UTC": "generated_time > date_trunc('day', now(), 'UTC')",
    "the column at time zone": f"generated_time at time zone 'Asia/Tokyo' > {AT}::timestamptz at time zone 'UTC'",
    "the column as a date": f"generated_time::date = {AT}::timestamptz::date",
    "date_trunc of the column": f"date_trunc('day', generated_time) = date_trunc('day', {AT}::timestamptz)",
    "extract of the column": f"extract(epoch from generated_time) = {MADE.timestamp()}",
    "the column and an interval": f"generated_time + interval '1 day' > {AT}",
    "an age": "now() - generated_time > interval '2 days'",
    "isfinite": "isfinite(generated_time)",
    "in a range": f"tstzrange({AT}, null, '[]') @> generated_time",
    "overlaps": f"(generated_time, interval '1 hour') overlaps ({AT}::timestamptz, interval '30 hours')",
    "< clock_timestamp()": "generated_time < clock_timestamp()",
    "= a time in another column": "user_creation_time = '2019-07-15T14:44:33Z'",
}
OPERATORS = ["<", "<=", "=", ">=", ">"]
SQL_VALUES = ["current_date", "current_timestamp", "localtimestamp"]
DAY = "date_trunc('day', localtimestamp)"
CASTS = ["> coalesce", "> a setting"]
MOMENTS = [
    *SQL_VALUES,
    "time",
    "time::date",
    "time::timestamp",
    "now() - interval '2 days'",
    "now() - make_interval(days => 2)",
    "now()::date",
    "current_timestamp - interval '2 days'",
    "date_trunc('day', now())",
    DAY,
    "(select now() - interval '2 days')",
    "null",
    "'infinity'",
    "'-infinity'",
]
# The names of tests must be the same in each process of the suite: they hold no time of now.
CONSTANTS = {
    "time": AT,
    "time::date": f"'{MADE:%Y-%m-%d}'::date",
    "time::timestamp": f"'{MADE:%Y-%m-%d %H:%M:%S}'::timestamp",
}
TIMES.update(
    (f"{operator} {moment}", f"generated_time {operator} {CONSTANTS.get(moment, moment)}")
    for moment in MOMENTS
    for operator in OPERATORS
)

# What a query consists of besides WHERE, by the name of the form. {t} is the table, {t}_view a view of it, and
# {t}_parts a partitioned table whose partition it is like.
ROW = "account_id, extract(epoch from generated_time), user_name"
OF_OTHER = f"account_id = '{OTHER}'"
QUERIES = {
    "having": f"select account_id, count(*) from {{t}} group by account_id having {OF_OTHER}",
    "having an aggregate": f"select user_name from {{t}} group by user_name having max(generated_time) > {AT}",
    "filter": f"select count(*) filter (where {OF_OTHER}), count(*) from {{t}}",
    "an aggregate": f"select extract(epoch from max(generated_time)), count(*) from {{t}} where {OF_OTHER}",
    "distinct": f"select distinct account_id from {{t}} where generated_time > {AT}",
    "order and limit": f"select {ROW} from {{t}} where {OF_OTHER} order by 2, 3 limit 2",
    "a materialized CTE": f"with c as materialized (select * from {{t}}) select {ROW} from c where {OF_OTHER}",
    "a CTE": f"with c as not materialized (select * from {{t}}) select {ROW} from c where {OF_OTHER}",
    "a CTE used twice": (
        f"with c as (select * from {{t}}) select count(*) from c as a join c as b using (user_name) where a.{OF_OTHER}"
    ),
    "a view": f"select {ROW} from {{t}}_view where {OF_OTHER} and generated_time > {AT}",
    "a partition": f"select {ROW} from {{t}}_parts where {OF_OTHER} and generated_time > {AT}",
    "a partition that is pruned": f"select {ROW} from {{t}}_parts where account_id = 'none'",
    "union all": f"select {ROW} from (select * from {{t}} union all select * from {{t}}) as u where {OF_OTHER}",
    "union": f"select {ROW} from {{t}} where {OF_OTHER} union select {ROW} from {{t}} where generated_time = {AT}",
    "except": f"select {ROW} from {{t}} except select {ROW} from {{t}} where {OF_OTHER}",
    "a window": f"select * from (select {ROW}, rank() over (order by user_name) from {{t}} where {OF_OTHER}) as w",
    "a condition on a window": (
        "select * from (select account_id, row_number() over (partition by account_id) as n from {t}) as w"
        f" where {OF_OTHER} and n = 1"
    ),
    "a cross join with values": f"select {ROW}, n from {{t}}, (values (1), (2)) as v (n) where {OF_OTHER}",
    "a scalar sub-select": "select id, (select count(*) from {t} as t where t.account_id = id) from regress_ids",
    "a scalar sub-select on times": (
        "select extract(epoch from made), (select count(*) from {t} as t where t.generated_time = made"
        f" and t.{OF_OTHER}) from (select distinct generated_time as made from {{t}}) as u"
    ),
    "lateral": (
        "select id, u.user_name from regress_ids, lateral"
        " (select user_name from {t} where account_id = id order by generated_time, 1 limit 2) as u"
    ),
    "a recursive query": (
        "with recursive r as (select min(account_id) as id from {t} union select t.account_id from {t} as t, r"
        " where t.account_id > r.id) select * from r"
    ),
}
# Joins, each run as each kind of join.
JOINS = {
    "join": "select id, t.user_name from regress_ids join {t} as t on t.account_id = id",
    "join with a condition": "select id from regress_ids join {t} as t on account_id = id where user_name <> 'bob'",
    "left join": "select id, t.user_name from regress_ids left join {t} as t on t.account_id = id and t.is_root",
    "right join": "select id, t.user_name from regress_ids right join {t} as t on t.account_id = id",
    "semi-join": f"select {ROW} from {{t}} where account_id in (select id from regress_ids)",
    "anti-join": f"select {ROW} from {{t}} as t where not exists (select from regress_ids where id = t.account_id)",
    "self-join": (
        "select a.user_name, b.user_name, a.account_id from {t} as a join {t} as b"
        f" on a.generated_time = b.generated_time and a.account_id = b.account_id where a.{OF_OTHER}"
    ),
    "join on a time": "select count(*) from {t} join (select generated_time as g from {t}) as u on g = generated_time",
}

# Conditions with parameters: types, condition, and values.
PARAMETERS = {
    "text": ("text", "account_id = $1", f"'{OTHER}'"),
    "text, with spaces": ("text", "account_id = $1", f"' {OTHER}'"),
    "text, null": ("text", "account_id = $1", "null"),
    "<> text": ("text", "account_id <> $1", f"'{OTHER}'"),
    "varchar": ("varchar", "account_id = $1", f"'{OTHER}'"),
    "name": ("name", "account_id = $1", f"'{OTHER}'"),
    "bpchar": ("bpchar", "account_id = $1", f"'{OTHER} '"),
    "bigint as text": ("bigint", "account_id = $1::text", OTHER),
    "in of two": ("text, text", "account_id in ($1, $2)", f"'{ACCOUNT}', '{OTHER}'"),
    "in of two, one null": ("text, text", "account_id in ($1, $2)", f"null, '{OTHER}'"),
    "in of one and a constant": ("text", f"account_id in ($1, '{OTHER}')", f"'{ACCOUNT}'"),
    "any of text[]": ("text[]", "account_id = any ($1)", f"array['{OTHER}', null]"),
    "any of varchar[]": ("varchar[]", "account_id = any ($1)", f"array['{OTHER}']"),
    "any of text[], empty": ("text[]", "account_id = any ($1)", "'{}'"),
    "any of text[], null": ("text[]", "account_id = any ($1)", "null"),
    "null means all": ("text", "$1 is null or account_id = $1", "null"),
    "not null means one": ("text", "$1 is null or account_id = $1", f"'{OTHER}'"),
    "coalesce with the column": ("text", "account_id = coalesce($1, account_id)", "null"),
    "coalesce with a constant": ("text", f"account_id = coalesce($1, '{OTHER}')", "null"),
    "like": ("text", "account_id like $1", f"'{OTHER[:4]}%'"),
    "timestamptz": ("timestamptz", "generated_time >= $1", AT),
    "timestamptz, null": ("timestamptz", "generated_time >= $1", "null"),
    "timestamptz, infinite": ("timestamptz", "generated_time <= $1", "'infinity'"),
    "timestamp": ("timestamp", "generated_time >= $1", f"'{MADE:%Y-%m-%d %H:%M:%S}'"),
    "date": ("date", "generated_time >= $1", f"'{MADE:%Y-%m-%d}'"),
    "text as timestamptz": ("text", "generated_time >= $1::timestamptz", AT),
    "between": ("timestamptz, timestamptz", "generated_time between $1 and $2", f"{AT}, now()"),
    "interval": ("interval", "generated_time > now() - $1", "'2 days'"),
    "days": ("integer", "generated_time > now() - make_interval(days => $1)", "2"),
    "boolean": ("boolean", "is_root = $1", "true"),
    "a boolean as the condition": ("boolean", "$1", "true"),
    "of all kinds": (
        "text, text, timestamptz",
        "account_id in ($1, $2) and generated_time > $3",
        f"'{ACCOUNT}', '{OTHER}', {AT}",
    ),
}

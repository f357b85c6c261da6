#!/bin/bash
# Start PostgreSQL with iam_fdw: the first time make the cluster, each time bring iam_fdw in it up to date.
# docs/docker.md has the variables.
set -Eeuo pipefail

run=/run/postgresql
setup=$run/setup  # the socket of the server that nobody else reaches, and who may use it
sample=$run/sample
log_nothing='-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic'

# fail MESSAGE [HINT]
fail() {
	printf 'ERROR:  %s\n' "$1" >&2
	[ -z "${2:-}" ] || printf 'HINT:  %s\n' "$2" >&2
	exit 1
}

# read_variable NAME DEFAULT: set NAME to itself, else to the content of the file that NAME_FILE names.
read_variable() {
	local file=${1}_FILE value=${!1:-}
	if [ -n "${!file:-}" ]; then
		[ -z "$value" ] || fail "both $1 and $file are set" 'Set one of them.'
		[ -r "${!file}" ] || fail "could not read the file that $file names" "User $(id -u) of the container must be able to."
		value=$(<"${!file}")
	fi
	unset "$file" "$1"
	printf -v "$1" %s "${value:-$2}"
}

# wait_for COMMAND [ARGUMENT ...]: run it so that a signal need not wait for its end.
wait_for() {
	"$@" <&0 &
	wait $!
}

# start DATA [ARGUMENT ...]: a server on the data directory that only this script can connect to.
start() {
	data=$1
	shift
	rm -rf "$setup"
	mkdir -m 0700 "$setup"
	echo 'local all all trust' >"$setup/pg_hba.conf"
	wait_for pg_ctl start --silent -D "$data" --timeout 86400 -o "$(printf '%q ' "$@" -c listen_addresses= -c port=5432 \
		-c "unix_socket_directories=$setup" -c "hba_file=$setup/pg_hba.conf")"
}

stop() {
	[ -z "$data" ] || pg_ctl stop --silent -D "$data" --timeout 60 -m fast
	data=
	rm -rf "$setup"
}

# query [ARGUMENT ...]: psql as the superuser, in no database in particular.
query() {
	PGOPTIONS=$log_nothing psql -X --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 \
		--host "$setup" --username "$POSTGRES_USER" --dbname postgres "$@"
}

# Make the database if it is missing, the reader if that is wanted and missing; install iam_fdw, or bring it up to date.
install() {
	local variable options=()
	if [ "$(query -v name="$POSTGRES_DB" <<<"select count(*) from pg_database where datname = :'name'")" = 0 ]; then
		query -v name="$POSTGRES_DB" <<<'create database :"name"'
	fi
	if [ -n "${IAM_FDW_READER:-}" ]; then
		if [ "$(query -v name="$IAM_FDW_READER" <<<"select count(*) from pg_roles where rolname = :'name'")" = 0 ]; then
			[ -n "$IAM_FDW_READER_PASSWORD" ] || fail 'the reader has no password' \
				'Set IAM_FDW_READER_PASSWORD, or IAM_FDW_READER_PASSWORD_FILE to a file that has it.'
			password=$IAM_FDW_READER_PASSWORD query -v name="$IAM_FDW_READER" <<-'SQL'
				\set password `printenv password`
				create role :"name" login password :'password';
			SQL
		fi
		options=(--reader "$IAM_FDW_READER")
	fi
	for variable in "${!IAM_FDW_@}"; do
		case $variable in
			IAM_FDW_READER | IAM_FDW_READER_PASSWORD) continue ;;
		esac
		[ -z "${!variable}" ] || options+=(--option "$(tr '[:upper:]' '[:lower:]' <<<"${variable#IAM_FDW_}")=${!variable}")
	done
	PGOPTIONS=$log_nothing PGHOST=$setup PGUSER=$POSTGRES_USER PGDATABASE=$POSTGRES_DB \
		wait_for iam-fdw install "${options[@]}"
}

# Run the user's scripts as the official image does.
run_scripts() {
	local file
	for file in /docker-entrypoint-initdb.d/*; do
		case $file in
			*.sh)
				echo "running $file"
				if [ -x "$file" ]; then wait_for "$file"; else . "$file"; fi
				;;
			*.sql) echo "running $file"; wait_for docker_process_sql --file "$file" ;;
			*.sql.gz) echo "running $file"; wait_for run_compressed gzip "$file" ;;
			*.sql.xz) echo "running $file"; wait_for run_compressed xz "$file" ;;
			*.sql.zst) echo "running $file"; wait_for run_compressed zstd "$file" ;;
			/docker-entrypoint-initdb.d/\*) ;;
			*) echo "ignoring $file" ;;
		esac
	done
}

# run_compressed PROGRAM FILE: it fails where either psql or the decompressor does.
run_compressed() {
	"$1" --decompress --stdout <"$2" | docker_process_sql
}

# The name that scripts know from the official image.
docker_process_sql() {
	PGDATABASE=$POSTGRES_DB psql -X -v ON_ERROR_STOP=1 --no-password "$@"
}

# make_cluster [ARGUMENT ...]: beside its place, so that it is there as a whole or not at all.
make_cluster() {
	local new=$volume/.new identity=()
	[ -n "$POSTGRES_PASSWORD" ] || fail 'there is no password for the superuser' \
		'Set POSTGRES_PASSWORD, or POSTGRES_PASSWORD_FILE to a file that has it.'
	[[ $POSTGRES_PASSWORD != *$'\n'* ]] || fail 'the password of the superuser has more than one line'
	rm -rf "$new"
	if ! getent passwd "$(id -u)" >/dev/null; then  # initdb asks for a name
		printf 'postgres:x:%d:%d::%s:/bin/sh\n' "$(id -u)" "$(id -g)" "$HOME" >"$run/passwd"
		printf 'postgres:x:%d:\n' "$(id -g)" >"$run/group"
		identity=(env LD_PRELOAD=libnss_wrapper.so "NSS_WRAPPER_PASSWD=$run/passwd" "NSS_WRAPPER_GROUP=$run/group")
	fi
	local arguments
	eval "arguments=(${POSTGRES_INITDB_ARGS:-})"
	wait_for "${identity[@]}" initdb -D "$new" --username "$POSTGRES_USER" --pwfile <(printf '%s\n' "$POSTGRES_PASSWORD") \
		--auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --data-checksums "${arguments[@]}" >/dev/null
	printf '# Everybody else, with a password.\nhost all all all scram-sha-256\n' >>"$new/pg_hba.conf"
	start "$new" "$@"
	install
	export POSTGRES_USER POSTGRES_DB
	PGDATA=$new PGHOST=$setup PGUSER=$POSTGRES_USER run_scripts
	stop
	sync
	mv --no-target-directory "$new" "$PGDATA"
	sync
}

case ${1:-postgres} in
	-*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = demo ]; then
	set -- postgres "${@:2}"
	IAM_FDW_SOURCE=$sample
fi
[ "${1:-}" = postgres ] || exec "$@"

# What connects from here does so as this script says.
for variable in "${!PG@}"; do
	[ "$variable" = PGDATA ] || unset "$variable"
done
[ "$(id -u)" != 0 ] || fail 'PostgreSQL does not run as root' 'Leave out --user: the image has a user of its own.'
[ "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" = scram-sha-256 ] \
	|| fail 'POSTGRES_HOST_AUTH_METHOD is not supported' 'Connections are accepted by scram-sha-256 alone.'
read_variable POSTGRES_PASSWORD ''
read_variable POSTGRES_USER postgres
read_variable POSTGRES_DB "$POSTGRES_USER"
read_variable IAM_FDW_READER_PASSWORD ''
if ! { rm -rf "$sample" && mkdir "$sample"; } 2>/dev/null; then
	fail "directory \"$run\" cannot be written" "With a read-only file system add --tmpfs $run."
fi

data=
volume=$(dirname "$PGDATA")
if ! { mkdir -p "$volume" && : >>"$volume/.lock"; } 2>/dev/null; then
	fail "directory \"$volume\" cannot be written" "Give it to user $(id -u): chown $(id -u) on the host."
fi
# PostgreSQL's own lock names a process, which says nothing in another container. All that it starts hold this one.
exec {lock}>>"$volume/.lock"
flock --nonblock "$lock" || fail "the data in \"$volume\" are in use by another container" \
	'Stop that container first, or give this one a volume of its own.'
for version in "$volume/PG_VERSION" "$volume"/*/PG_VERSION; do
	if [ -e "$version" ] && [ "$(<"$version")" != "${PGDATA##*/}" ]; then
		fail "the data in \"${version%/*}\" are of PostgreSQL $(<"$version"), and this is ${PGDATA##*/}" \
			'Start the image that wrote them, pg_dump, and restore into a new volume.'
	fi
done

trap 'stop || :' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ "${IAM_FDW_SOURCE:-}" = "$sample" ]; then
	/usr/local/lib/iam_fdw/bin/python3 - "$sample" <<-'PYTHON'
		import pathlib, sys
		from iam_fdw.cli import sample

		name, content = sample.file()
		pathlib.Path(sys.argv[1], name).write_bytes(content)
	PYTHON
fi
if [ -e "$PGDATA/PG_VERSION" ]; then
	start "$PGDATA" "${@:2}"
	install
	stop
else
	make_cluster "${@:2}"
fi
trap - EXIT INT TERM
exec "$@"

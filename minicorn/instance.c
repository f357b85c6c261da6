/*
 * instance.c: the class, its instances, their options and columns.
 *
 * An instance serves one foreign table for one role, across queries, until one
 * of the catalog entries that it was made from changes.
 */
#include "instance.h"

#include "access/reloptions.h"
#include "calls.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "interpreter.h"
#include "nodes/makefuncs.h"
#include "text.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

typedef struct InstanceKey
{
	Oid			relid;
	Oid			userid;			/* the role whose user mapping it has */
} InstanceKey;

typedef struct Instance
{
	InstanceKey key;
	PyObject   *object;			/* NULL until it is made */
	bool		stale;			/* something it was made from has changed */
} Instance;

static HTAB *instances = NULL;
static bool any_stale = false;

/*
 * Invalidation callbacks.  PostgreSQL may call them almost anywhere, so they
 * only mark instances, which the next look-up drops.
 */
static void
mark_stale(Oid relid)
{
	HASH_SEQ_STATUS scan;
	Instance   *instance;

	hash_seq_init(&scan, instances);
	while ((instance = hash_seq_search(&scan)) != NULL)
	{
		if (!OidIsValid(relid) || instance->key.relid == relid)
			instance->stale = any_stale = true;
	}
}

static void
relation_changed(Datum arg, Oid relid)
{
	mark_stale(relid);
}

static void
catalog_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	mark_stale(InvalidOid);
}

static void
instances_start(void)
{
	HASHCTL		control = {.keysize = sizeof(InstanceKey), .entrysize = sizeof(Instance)};

	if (instances != NULL)
		return;
	instances = hash_create("minicorn instances", 16, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, catalog_changed, (Datum) 0);
}

static void
drop_stale(void)
{
	HASH_SEQ_STATUS scan;
	Instance   *instance;

	if (!any_stale)
		return;
	any_stale = false;
	hash_seq_init(&scan, instances);
	while ((instance = hash_seq_search(&scan)) != NULL)
	{
		if (instance->stale)
		{
			PyObject   *object = instance->object;

			hash_search(instances, &instance->key, HASH_REMOVE, NULL);
			python_release(object);
		}
	}
}

/*
 * Options of one catalog row, as pairs.  Only the foreign-data wrapper may name
 * the class, even if its validator is not ours.
 */
static List *
option_nodes(List *options)
{
	List	   *pairs = NIL;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);

		if (strcmp(option->defname, "wrapper") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"wrapper\""),
					 errhint("The option \"wrapper\" is valid only for the foreign-data wrapper, which a superuser makes.")));
		pairs = lappend(pairs, list_make2(text_node(option->defname),
										  text_node(defGetString(option))));
	}
	return pairs;
}

/* The options of the role's user mapping, else of PUBLIC's, else none. */
static List *
mapping_options(Oid userid, Oid serverid)
{
	HeapTuple	tuple;
	Datum		datum;
	bool		isnull;
	List	   *options = NIL;

	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
							ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
		tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
								ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
		return NIL;
	datum = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	if (!isnull)
		options = untransformRelOptions(datum);
	ReleaseSysCache(tuple);
	return options;
}

/* The class that the foreign-data wrapper names: a new reference. */
static PyObject *
load_class(Oid wrapperid)
{
	ForeignDataWrapper *wrapper = GetForeignDataWrapper(wrapperid);
	String	   *path = NULL;
	ListCell   *cell;

	foreach(cell, wrapper->options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);

		if (strcmp(option->defname, "wrapper") == 0)
			path = text_node(defGetString(option));
	}
	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign-data wrapper \"%s\" has no option \"wrapper\"", wrapper->fdwname),
				 errhint("It names the Python class, as \"package.module.Class\".")));
	return python_load(path);
}

/* The arguments for the columns' ColumnDefinitions. */
static List *
column_nodes(Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *columns = NIL;
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		List	   *nodes;

		if (column->attisdropped)
			continue;
		nodes = list_make3(text_node(NameStr(column->attname)),
						   makeString(psprintf("%u", column->atttypid)),
						   makeInteger(column->atttypmod));
		nodes = lappend(nodes, text_node(format_type_with_typemod(column->atttypid,
																  column->atttypmod)));
		nodes = lappend(nodes, text_node(format_type_be(column->atttypid)));
		nodes = lappend(nodes, option_nodes(GetForeignColumnOptions(RelationGetRelid(rel), i + 1)));
		columns = lappend(columns, nodes);
	}
	return columns;
}

/* The instance for a foreign table and the role whose user mapping is used: a new reference. */
PyObject *
instance_get(Relation rel, Oid userid)
{
	static PyObject *class = NULL;	/* survives a jump out of here */
	InstanceKey key = {RelationGetRelid(rel), userid};
	Instance   *instance;
	bool		found;

	python_start();
	instances_start();
	drop_stale();
	instance = hash_search(instances, &key, HASH_ENTER, &found);
	if (!found)
		instance->object = NULL;
	if (instance->object == NULL)
	{
		ForeignTable *table;
		ForeignServer *server;
		List	   *options;
		List	   *columns;

		/* a change from here on marks the entry */
		instance->stale = false;
		table = GetForeignTable(key.relid);
		server = GetForeignServer(table->serverid);
		options = option_nodes(table->options);
		options = list_concat(options, option_nodes(server->options));
		options = list_concat(options, option_nodes(mapping_options(userid, server->serverid)));
		columns = column_nodes(rel);

		python_replace(&class, load_class(server->fdwid));
		instance->object = python_call("__init__()", "instantiate", class,
									   list_make2(options, columns));
	}
	Py_INCREF(instance->object);
	return instance->object;
}

/* The statements of IMPORT FOREIGN SCHEMA, in the server's encoding. */
List *
instance_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	static PyObject *class = NULL;	/* survives a jump out of here */
	ForeignServer *server = GetForeignServer(serverid);
	String	   *restriction = NULL;
	List	   *names = NIL;
	List	   *arguments;
	ListCell   *cell;

	if (stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
		restriction = makeString("limit");
	else if (stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT)
		restriction = makeString("except");
	foreach(cell, stmt->table_list)
		names = lappend(names, text_node(((RangeVar *) lfirst(cell))->relname));
	arguments = list_make3(text_node(stmt->local_schema), text_node(server->servername),
						   text_node(stmt->remote_schema));
	arguments = list_concat(arguments, list_make4(option_nodes(server->options),
												  option_nodes(stmt->options), restriction, names));

	python_start();
	python_replace(&class, load_class(server->fdwid));
	return python_texts("import_schema()", "import_schema", class, arguments);
}

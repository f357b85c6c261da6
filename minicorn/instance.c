/*
 * instance.c: the class, its instances, their options and columns.
 *
 * An instance serves one foreign table for one role, across queries, until one
 * of the catalogs it was made from changes.
 */
#include "minicorn.h"

#include "access/reloptions.h"
#include "access/xact.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

typedef struct InstanceKey
{
	Oid			relid;
	Oid			userid;			/* whose user mapping it has */
} InstanceKey;

typedef struct Instance
{
	InstanceKey key;
	PyObject   *object;			/* NULL while it is made */
	bool		stale;			/* something it was made from has changed */
} Instance;

typedef struct ColumnText
{
	char	   *name;
	char	   *type_name;
	char	   *base_type_name;
	Oid			type;
	int32		typmod;
	List	   *options;
} ColumnText;

static HTAB *instances = NULL;
static bool any_stale = false;

/*
 * Invalidation callbacks.  They run wherever PostgreSQL accepts messages: they
 * only mark.  What is marked goes at the next look-up.
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
 * Options of one catalog row in UTF-8.  Only the foreign-data wrapper may name
 * the class, even if its validator is not ours.
 */
static List *
options_to_utf8(List *options)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);

		if (strcmp(option->defname, "wrapper") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"wrapper\""),
					 errhint("The option \"wrapper\" is valid only for the foreign-data wrapper, which a superuser makes.")));
		result = lappend(result,
						 makeDefElem(text_to_utf8(option->defname),
									 (Node *) makeString(text_to_utf8(defGetString(option))), -1));
	}
	return result;
}

/* Options in UTF-8 as a dict; the later ones win.  NULL with an exception set on failure. */
static PyObject *
options_dict(List *options)
{
	PyObject   *dict = PyDict_New();
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);
		PyObject   *name = dict ? python_str(option->defname) : NULL;
		PyObject   *value = name ? python_str(strVal(option->arg)) : NULL;

		if (value == NULL || PyDict_SetItem(dict, name, value) < 0)
			Py_CLEAR(dict);
		Py_XDECREF(name);
		Py_XDECREF(value);
		if (dict == NULL)
			break;
	}
	return dict;
}

/* The options of the role's user mapping, or of PUBLIC's; a server needs none. */
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
load_class(ForeignDataWrapper *wrapper)
{
	const char *path = NULL;
	ListCell   *cell;

	foreach(cell, wrapper->options)
	{
		DefElem    *option = (DefElem *) lfirst(cell);

		if (strcmp(option->defname, "wrapper") == 0)
			path = text_to_utf8(defGetString(option));
	}
	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("foreign-data wrapper \"%s\" has no option \"wrapper\"", wrapper->fdwname),
				 errhint("It names the Python class, as \"package.module.Class\".")));
	return python_call("the import", "load",
					   Py_BuildValue("(NsO)", python_str(path), minicorn_python,
									 python_is_ours() ? Py_True : Py_False));
}

/* The columns' definitions, all that a class may want to know of them. */
static ColumnText *
columns_text(Relation rel, int *count)
{
	TupleDesc	desc = RelationGetDescr(rel);
	ColumnText *columns = palloc0(sizeof(ColumnText) * Max(desc->natts, 1));
	int			i;

	*count = 0;
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		ColumnText *column = &columns[*count];

		if (attribute->attisdropped)
			continue;
		(*count)++;
		column->name = text_to_utf8(NameStr(attribute->attname));
		column->type = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->type_name = text_to_utf8(format_type_with_typemod(attribute->atttypid,
																  attribute->atttypmod));
		column->base_type_name = text_to_utf8(format_type_be(attribute->atttypid));
		column->options = options_to_utf8(GetForeignColumnOptions(RelationGetRelid(rel), i + 1));
	}
	return columns;
}

/* The same as a list of tuples; NULL with an exception set on failure. */
static PyObject *
columns_list(ColumnText *columns, int count)
{
	PyObject   *list = PyList_New(count);
	int			i;

	for (i = 0; list != NULL && i < count; i++)
	{
		ColumnText *column = &columns[i];
		PyObject   *item = Py_BuildValue("(NIiNNN)", python_str(column->name),
										 column->type, column->typmod,
										 python_str(column->type_name),
										 python_str(column->base_type_name),
										 options_dict(column->options));

		if (item == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, i, item);
	}
	return list;
}

/*
 * The instance for a foreign table and the role whose user mapping counts: a
 * new reference, that its holder releases.
 */
PyObject *
instance_get(Relation rel, Oid userid)
{
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
		ColumnText *columns;
		int			count;
		PyObject   *class;

		/* what changes from here on marks the entry */
		instance->stale = false;
		table = GetForeignTable(key.relid);
		server = GetForeignServer(table->serverid);
		options = options_to_utf8(table->options);
		options = list_concat(options, options_to_utf8(server->options));
		options = list_concat(options, options_to_utf8(mapping_options(userid, server->serverid)));
		columns = columns_text(rel, &count);

		class = load_class(GetForeignDataWrapper(server->fdwid));
		instance->object = python_call("__init__()", "instantiate",
									   Py_BuildValue("(NNN)", class, options_dict(options),
													 columns_list(columns, count)));
	}
	Py_INCREF(instance->object);
	return instance->object;
}

/* The statements of IMPORT FOREIGN SCHEMA, in the server's encoding. */
List *
instance_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	static PyObject *statements = NULL; /* survives a jump out of here */
	ForeignServer *server = GetForeignServer(serverid);
	char	   *remote_schema = text_to_utf8(stmt->remote_schema);
	char	   *local_schema = text_to_utf8(stmt->local_schema);
	char	   *server_name = text_to_utf8(server->servername);
	List	   *server_options = options_to_utf8(server->options);
	List	   *options = options_to_utf8(stmt->options);
	const char *restriction = NULL;
	PyObject   *names;
	PyObject   *class;
	List	   *names_utf8 = NIL;
	List	   *result = NIL;
	ListCell   *cell;
	Py_ssize_t	i;

	if (stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
		restriction = "limit";
	else if (stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT)
		restriction = "except";
	foreach(cell, stmt->table_list)
		names_utf8 = lappend(names_utf8, text_to_utf8(((RangeVar *) lfirst(cell))->relname));

	python_start();
	class = load_class(GetForeignDataWrapper(server->fdwid));
	names = PyList_New(0);
	foreach(cell, names_utf8)
	{
		PyObject   *name = names ? python_str(lfirst(cell)) : NULL;

		if (name == NULL || PyList_Append(names, name) < 0)
			Py_CLEAR(names);
		Py_XDECREF(name);
		if (names == NULL)
			break;
	}
	Py_XSETREF(statements,
			   python_call("import_schema()", "import_schema",
						   Py_BuildValue("(NNN(NNNNN))", class, python_str(local_schema),
										 python_str(server_name), python_str(remote_schema),
										 options_dict(server_options), options_dict(options),
										 python_str(restriction), names)));
	for (i = 0; i < PyList_GET_SIZE(statements); i++)
	{
		Py_ssize_t	length;
		const char *text = PyUnicode_AsUTF8AndSize(PyList_GET_ITEM(statements, i), &length);

		if (text == NULL)
			python_raise("import_schema()");
		result = lappend(result, text_from_utf8(text, length));
	}
	Py_CLEAR(statements);
	return result;
}

/*
 * rows.c: rows of Python values to tuples.
 *
 * Rows owns the row and the value at hand, because input functions jump.  Text
 * and boolean values, the most frequent ones, need no input function.
 */
#include "rows.h"

#include "calls.h"
#include "catalog/pg_type.h"
#include "interrupt.h"
#include "text.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Prepare for the columns that the query uses. */
void
rows_begin(Rows *rows, Relation rel, List *used)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int			i;

	rows->table = RelationGetRelationName(rel);
	rows->natts = desc->natts;
	rows->columns = palloc0(sizeof(Column) * Max(desc->natts, 1));
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Column	   *column = &rows->columns[i];
		Oid			input;

		column->dropped = attribute->attisdropped;
		if (column->dropped)
			continue;
		rows->live++;
		if (!list_member_int(used, i + 1))
			continue;

		column->name = NameStr(attribute->attname);
		column->key = text_node(NameStr(attribute->attname));
		column->type_name = text_node(format_type_be(getBaseType(attribute->atttypid)));
		column->typmod = attribute->atttypmod;
		getTypeInputInfo(attribute->atttypid, &input, &column->ioparam);
		fmgr_info(input, &column->input);
		if (attribute->atttypid == TEXTOID ||
			(attribute->atttypid == VARCHAROID && attribute->atttypmod < 0))
			column->kind = COLUMN_TEXT;
		else if (attribute->atttypid == BOOLOID)
			column->kind = COLUMN_BOOL;
		else if (attribute->atttypid == BYTEAOID)
			column->kind = COLUMN_BYTEA;
		else
			column->kind = COLUMN_OTHER;
	}
}

/* Release the row and the value at hand. */
void
rows_clear(Rows *rows)
{
	python_replace(&rows->value, NULL);
	python_replace(&rows->row, NULL);
	python_replace(&rows->names, NULL);
}

/* A str as a value of the column's type. */
static Datum
str_datum(Column *column, PyObject *value)
{
	Py_ssize_t	length;
	const char *text = PyUnicode_AsUTF8AndSize(value, &length);

	if (text == NULL)
		python_raise("the conversion of a value");
	text = text_from_utf8(text, &length);
	if (column->kind == COLUMN_TEXT)
		return PointerGetDatum(cstring_to_text_with_len(text, length));
	if (column->kind == COLUMN_BOOL && length == 4 && memcmp(text, "true", 4) == 0)
		return BoolGetDatum(true);
	if (column->kind == COLUMN_BOOL && length == 5 && memcmp(text, "false", 5) == 0)
		return BoolGetDatum(false);
	/* a copy: the text is the str's own */
	return InputFunctionCall(&column->input, pnstrdup(text, length),
							 column->ioparam, column->typmod);
}

static Datum
bytea_datum(PyObject *value)
{
	Py_ssize_t	length = PyBytes_GET_SIZE(value);
	bytea	   *result;

	if (length > (Py_ssize_t) (MaxAllocSize - VARHDRSZ))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a value of %zd bytes is too long", length)));
	result = palloc(length + VARHDRSZ);
	SET_VARSIZE(result, length + VARHDRSZ);
	memcpy(VARDATA(result), PyBytes_AS_STRING(value), length);
	return PointerGetDatum(result);
}

/* Any value except None, and except those that rows_fill() converts itself. */
static Datum
other_datum(Rows *rows, Column *column, PyObject *item)
{
	/* a reference of our own: the value's code may remove it from its row */
	Py_INCREF(item);
	python_replace(&rows->value, item);

	if (PyUnicode_Check(item))
		return str_datum(column, item);
	if (column->kind == COLUMN_BYTEA && PyBytes_Check(item))
		return bytea_datum(item);
	if (PyLong_CheckExact(item) || PyFloat_CheckExact(item))
		item = PyObject_Str(item);	/* runs no code of the class */
	else
		item = python_call("the conversion of a value", "to_text", item, list_make1(column->type_name));
	if (item == NULL)
		python_raise("the conversion of a value");
	python_replace(&rows->value, item);
	return str_datum(column, item);
}

/* A dict row's value for a column: a borrowed reference, or NULL if it has none. */
static PyObject *
dict_item(Rows *rows, int i)
{
	PyObject   *item;

	if (rows->names == NULL)
	{
		List	   *keys = NIL;
		int			j;

		for (j = 0; j < rows->natts; j++)
			keys = lappend(keys, rows->columns[j].key);
		rows->names = python_from_node(keys);
		if (rows->names == NULL)
			python_raise("execute()");
	}
	python_enter();				/* the comparison of keys may run Python code */
	item = PyDict_GetItemWithError(rows->row, PyList_GET_ITEM(rows->names, i));
	python_leave();
	if (item == NULL && PyErr_Occurred())
		python_raise("execute()");
	return item;
}

static void
wrong_length(Rows *rows, Py_ssize_t length)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INCONSISTENT_DESCRIPTOR_INFORMATION),
			 errmsg("row has %zd values, but foreign table \"%s\" has %d columns",
					length, rows->table, rows->live),
			 errhint("Yield a value for each column in table order, or a dict.")));
}

/* Fill the slot from rows->row.  Called in memory that lasts for one row. */
void
rows_fill(Rows *rows, TupleTableSlot *slot)
{
	PyObject   *row = rows->row;
	bool		is_dict = PyDict_Check(row);
	Py_ssize_t	next = 0;
	int			i;

	if (!is_dict && !PyList_Check(row) && !PyTuple_Check(row))
		Py_DECREF(python_call("execute()", "bad_row", row, NIL));	/* raises */
	if (!is_dict && PySequence_Fast_GET_SIZE(row) != rows->live)
		wrong_length(rows, PySequence_Fast_GET_SIZE(row));

	for (i = 0; i < rows->natts; i++)
	{
		Column	   *column = &rows->columns[i];
		PyObject   *item = NULL;

		slot->tts_isnull[i] = true;
		slot->tts_values[i] = (Datum) 0;
		if (column->dropped)
			continue;
		if (!is_dict)
		{
			/* the code of an earlier value may have changed the row */
			if (next >= PySequence_Fast_GET_SIZE(row))
				wrong_length(rows, PySequence_Fast_GET_SIZE(row));
			item = PySequence_Fast_GET_ITEM(row, next++);
		}
		if (column->kind == COLUMN_SKIP)
			continue;
		rows->current = column->name;
		if (is_dict)
			item = dict_item(rows, i);

		if (item == NULL || item == Py_None)
		{
			/* a domain may refuse NULL */
			if (!column->input.fn_strict)
				(void) InputFunctionCall(&column->input, NULL, column->ioparam, column->typmod);
			continue;
		}
		if (PyUnicode_CheckExact(item))
			slot->tts_values[i] = str_datum(column, item);
		else if (column->kind == COLUMN_BOOL && PyBool_Check(item))
			slot->tts_values[i] = BoolGetDatum(item == Py_True);
		else
			slot->tts_values[i] = other_datum(rows, column, item);
		slot->tts_isnull[i] = false;
	}
	rows->current = NULL;
}

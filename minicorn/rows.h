/*
 * rows.h: types and prototypes for rows.c.
 */
#ifndef MINICORN_ROWS_H
#define MINICORN_ROWS_H

#include "minicorn.h"

#include "executor/tuptable.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

typedef enum
{
	COLUMN_SKIP,				/* dropped, or not used by the query */
	COLUMN_TEXT,
	COLUMN_BOOL,
	COLUMN_BYTEA,
	COLUMN_OTHER				/* by the input function of its type */
} ColumnKind;

typedef struct Column
{
	ColumnKind	kind;
	bool		dropped;
	const char *name;			/* for errors */
	String	   *key;			/* the name, for dict rows */
	String	   *type_name;		/* of the base type, for the Python side */
	Oid			ioparam;
	int32		typmod;
	FmgrInfo	input;
} Column;

typedef struct Rows
{
	const char *table;			/* for errors */
	int			natts;
	int			live;			/* columns that are not dropped */
	Column	   *columns;
	const char *current;		/* name of the column at hand, for errors */
	PyObject   *names;			/* list of the columns' keys */
	PyObject   *row;
	PyObject   *value;
} Rows;

extern void rows_begin(Rows *rows, Relation rel, List *used);
extern void rows_fill(Rows *rows, TupleTableSlot *slot);
extern void rows_clear(Rows *rows);

#endif

/*
 * instance.h: prototypes for instance.c.
 */
#ifndef MINICORN_INSTANCE_H
#define MINICORN_INSTANCE_H

#include "minicorn.h"

#include "nodes/parsenodes.h"
#include "utils/relcache.h"

extern PyObject *instance_get(Relation rel, Oid userid);
extern List *instance_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid);

#endif

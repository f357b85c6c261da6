/*
 * plan.h: prototypes for plan.c.
 */
#ifndef MINICORN_PLAN_H
#define MINICORN_PLAN_H

#include "minicorn.h"

#include "foreign/fdwapi.h"
#include "utils/relcache.h"

/* What a plan's fdw_private is a list of */
enum
{
	PRIVATE_QUALS,
	PRIVATE_COLUMNS
};

extern void plan_set_routine(FdwRoutine *routine);
extern List *plan_column_names(Relation rel, List *columns);

#endif

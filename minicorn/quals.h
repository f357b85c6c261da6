/*
 * quals.h: prototypes for quals.c.
 */
#ifndef MINICORN_QUALS_H
#define MINICORN_QUALS_H

#include "minicorn.h"

#include "access/stratnum.h"
#include "nodes/pathnodes.h"

/* An operator's number: its B-tree strategy, or this */
#define NOT_EQUAL (BTMaxStrategyNumber + 1)

extern void quals_extract(PlannerInfo *root, RelOptInfo *rel, List *clauses,
						  List **quals, List **exprs);

#endif

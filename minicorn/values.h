/*
 * values.h: prototypes for values.c.
 */
#ifndef MINICORN_VALUES_H
#define MINICORN_VALUES_H

#include "minicorn.h"

#include "nodes/execnodes.h"
#include "utils/relcache.h"

extern List *values_constant(List *quals, List *exprs, Relation rel);
extern List *values_evaluate(List *quals, List *states, Relation rel, ExprContext *econtext);

#endif

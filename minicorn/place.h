/*
 * place.h: types and prototypes for place.c.
 */
#ifndef MINICORN_PLACE_H
#define MINICORN_PLACE_H

#include "minicorn.h"

#include "rows.h"
#include "utils/elog.h"
#include "utils/relcache.h"

typedef struct Place
{
	const char *table;
	Rows	   *rows;			/* NULL where no column is at hand */
	ErrorContextCallback callback;
} Place;

extern void place_push(Place *place, Relation rel, Rows *rows);
extern void place_pop(Place *place);

#endif

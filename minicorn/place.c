/*
 * place.c: the CONTEXT of errors: the foreign table, and the column.
 */
#include "place.h"

#include "utils/rel.h"

static void
place_callback(void *arg)
{
	Place	   *place = arg;

	if (place->rows != NULL && place->rows->current != NULL)
		errcontext("foreign table \"%s\", column \"%s\"", place->table, place->rows->current);
	else
		errcontext("foreign table \"%s\"", place->table);
}

void
place_push(Place *place, Relation rel, Rows *rows)
{
	place->table = RelationGetRelationName(rel);
	place->rows = rows;
	place->callback.callback = place_callback;
	place->callback.arg = place;
	place->callback.previous = error_context_stack;
	error_context_stack = &place->callback;
}

void
place_pop(Place *place)
{
	error_context_stack = place->callback.previous;
}

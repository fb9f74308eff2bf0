/* SPDX-License-Identifier: BSD-2-Clause
 * A C program over the installed C face: it understands a port specification,
 * for which no host of the core is needed, and opens a port if one is named. */
#include <stdio.h>
#include <string.h>

#include <libnetmap.h>

static int open_port(const char *spec)
{
	struct nmport_d *port = nmport_open(spec);

	if (port == NULL) {
		printf("FAILED: %s was not opened\n", spec);
		return 1;
	}
	printf("opened %s\n", port->hdr.nr_name);
	nmport_close(port);
	return 0;
}

int main(int argc, char **argv)
{
	struct nmport_d *port = nmport_prepare("vale0:a-3");

	if (port == NULL || port->reg.nr_ringid != 3 ||
	    strcmp(port->hdr.nr_name, "vale0:a") != 0) {
		printf("FAILED: vale0:a-3 was not understood\n");
		return 1;
	}
	nmport_undo_parse(port);
	nmport_delete(port);
	printf("parsed\n");
	return argc > 1 ? open_port(argv[1]) : 0;
}

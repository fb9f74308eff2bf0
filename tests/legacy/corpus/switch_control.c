// SPDX-License-Identifier: BSD-2-Clause
/*
 * Control of switches by requests, with both generations of them: listing,
 * information, header lengths, and refusals.
 */
#include <libnetmap.h>

#include <errno.h>
#include <fcntl.h>
#include <net/netmap_legacy.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int control(int fd, uint16_t type, const char *name, void *body)
{
	struct nmreq_header hdr;
	int err;

	nmreq_header_init(&hdr, type, body);
	strncpy(hdr.nr_name, name, sizeof(hdr.nr_name) - 1);
	err = ioctl(fd, NIOCCTRL, &hdr);
	return err ? errno : 0;
}

static void list(int fd)
{
	struct nmreq_header hdr;
	struct nmreq_vale_list body;

	memset(&body, 0, sizeof(body));
	nmreq_header_init(&hdr, NETMAP_REQ_VALE_LIST, &body);
	while (ioctl(fd, NIOCCTRL, &hdr) == 0) {
		printf("switch %d, port %u: %s\n", body.nr_bridge_idx, body.nr_port_idx,
		       hdr.nr_name);
		memset(hdr.nr_name, 0, sizeof(hdr.nr_name));
		body.nr_port_idx++;
	}
	printf("end of list: %s\n", strerror(errno));
}

static void legacy(int fd)
{
	struct nmreq req;
	int err;

	memset(&req, 0, sizeof(req));
	req.nr_version = NETMAP_API;
	strcpy(req.nr_name, "vale0:one");
	req.nr_cmd = NETMAP_BDG_LIST;
	err = ioctl(fd, NIOCGINFO, &req);
	printf("NETMAP_BDG_LIST: %d, port %d\n", err, req.nr_arg2);
	memset(&req, 0, sizeof(req));
	req.nr_version = NETMAP_API;
	strcpy(req.nr_name, "vale0:one");
	err = ioctl(fd, NIOCGINFO, &req);
	printf("NIOCGINFO: %d, %d rings of %u slots\n", err, req.nr_tx_rings, req.nr_tx_slots);
	strcpy(req.nr_name, "vale0:none");
	req.nr_cmd = NETMAP_BDG_ATTACH;
	req.nr_flags = NR_REG_ALL_NIC;
	printf("attaching what is no interface: %d\n", ioctl(fd, NIOCREGIF, &req));
}

int main(void)
{
	struct nmport_d *one = nmport_open("vale0:one"), *two = nmport_open("vale0:two");
	struct nmreq_port_info_get info;
	struct nmreq_port_hdr hdr;
	struct nmreq_vale_detach detach;
	int fd = open("/dev/netmap", O_RDWR), err;

	if (one == NULL || two == NULL || fd < 0)
		return 1;
	list(fd);
	memset(&info, 0, sizeof(info));
	err = control(fd, NETMAP_REQ_PORT_INFO_GET, "vale0:two", &info);
	printf("information: %s, same region: %d\n", strerror(err),
	       info.nr_mem_id == two->reg.nr_mem_id);
	memset(&hdr, 0, sizeof(hdr));
	hdr.nr_hdr_len = 12;
	printf("header length: %s\n",
	       strerror(control(fd, NETMAP_REQ_PORT_HDR_SET, "vale0:one", &hdr)));
	hdr.nr_hdr_len = 0;
	control(fd, NETMAP_REQ_PORT_HDR_GET, "vale0:one", &hdr);
	printf("it is %u\n", hdr.nr_hdr_len);
	memset(&detach, 0, sizeof(detach));
	printf("detaching an open port: %s\n",
	       strerror(control(fd, NETMAP_REQ_VALE_DETACH, "vale0:two", &detach)));
	printf("detaching none: %s\n",
	       strerror(control(fd, NETMAP_REQ_VALE_DETACH, "vale0:none", &detach)));
	legacy(fd);
	close(fd);
	nmport_close(two);
	nmport_close(one);
	return 0;
}

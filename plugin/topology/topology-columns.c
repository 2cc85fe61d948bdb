/* SPDX-License-Identifier: Apache-2.0 */

#include <config.h>
#include "topology/topology-columns.h"

#include "ovsdb-idl.h"
#include "util.h"
#include "vswitch-idl.h"

void
topology_register(struct ovsdb_idl *idl)
{
    const struct ovsdb_idl_column *columns[] = {
        &ovsrec_open_vswitch_col_bridges,
        &ovsrec_open_vswitch_col_external_ids,
        &ovsrec_open_vswitch_col_other_config,
        &ovsrec_bridge_col_name,
        &ovsrec_bridge_col_ports,
        &ovsrec_bridge_col_external_ids,
        &ovsrec_bridge_col_datapath_type,
        &ovsrec_bridge_col_controller,
        &ovsrec_bridge_col_fail_mode,
        &ovsrec_controller_col_is_connected,
        &ovsrec_controller_col_type,
        &ovsrec_port_col_name,
        &ovsrec_port_col_interfaces,
        &ovsrec_port_col_external_ids,
        &ovsrec_port_col_tag,
        &ovsrec_port_col_vlan_mode,
    };
    const struct ovsdb_idl_column *interface_columns[] = {
        &ovsrec_interface_col_name,
        &ovsrec_interface_col_type,
        &ovsrec_interface_col_ofport,
        &ovsrec_interface_col_ifindex,
        &ovsrec_interface_col_status,
        &ovsrec_interface_col_mac_in_use,
        &ovsrec_interface_col_link_speed,
        &ovsrec_interface_col_external_ids,
    };

    ovsdb_idl_add_table(idl, &ovsrec_table_open_vswitch);
    ovsdb_idl_add_table(idl, &ovsrec_table_bridge);
    ovsdb_idl_add_table(idl, &ovsrec_table_controller);
    ovsdb_idl_add_table(idl, &ovsrec_table_port);
    ovsdb_idl_add_table(idl, &ovsrec_table_interface);
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        ovsdb_idl_add_column(idl, columns[i]);
    }

    /* Interfaces change one by one, and often: through us, above all. */
    for (size_t i = 0; i < ARRAY_SIZE(interface_columns); i++) {
        ovsdb_idl_add_column(idl, interface_columns[i]);
        ovsdb_idl_track_add_column(idl, interface_columns[i]);
    }
}

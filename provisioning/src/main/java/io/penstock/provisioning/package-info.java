/**
 * The operators' jobs. {@link io.penstock.provisioning.ClientRegistry} writes client metadata,
 * {@link io.penstock.provisioning.Provisioner} makes pending clients active, {@link
 * io.penstock.provisioning.Setup} prepares topics and schema; {@link
 * io.penstock.provisioning.ProvisioningMain} is the command line over them.
 */
@NullMarked
package io.penstock.provisioning;

import org.jspecify.annotations.NullMarked;

/**
 * The operators' jobs. {@link io.penstock.provisioning.command.ProvisioningMain} is their command
 * line, {@link io.penstock.provisioning.ProvisioningApp} puts them together, {@link
 * io.penstock.provisioning.Setup} prepares topics and schema.
 */
@NullMarked
package io.penstock.provisioning;

import org.jspecify.annotations.NullMarked;

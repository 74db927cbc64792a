/**
 * Clients and their keys. {@link io.penstock.provisioning.client.ClientRegistry} writes client
 * metadata, {@link io.penstock.provisioning.client.Provisioner} makes pending clients active.
 */
@NullMarked
package io.penstock.provisioning.client;

import org.jspecify.annotations.NullMarked;

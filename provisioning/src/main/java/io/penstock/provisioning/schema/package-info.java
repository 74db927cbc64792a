/**
 * The migrations of clients' databases. Begin with {@link
 * io.penstock.provisioning.schema.Migrator}.
 */
@NullMarked
package io.penstock.provisioning.schema;

import org.jspecify.annotations.NullMarked;

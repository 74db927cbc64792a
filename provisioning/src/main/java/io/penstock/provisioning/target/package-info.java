/** The ClickHouse servers and clusters that clients are placed on. */
@NullMarked
package io.penstock.provisioning.target;

import org.jspecify.annotations.NullMarked;

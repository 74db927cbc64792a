/** Inserts of blocks into ClickHouse, and what is done while that is not possible. */
@NullMarked
package io.penstock.delivery.insert;

import org.jspecify.annotations.NullMarked;

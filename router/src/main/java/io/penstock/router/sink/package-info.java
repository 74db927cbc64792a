/** Rows on their way into ClickHouse: encoding, buffering, inserting with deduplication tokens. */
@NullMarked
package io.penstock.router.sink;

import org.jspecify.annotations.NullMarked;

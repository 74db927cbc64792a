/** What happens to one record: parsed, authenticated, routed. */
@NullMarked
package io.penstock.router.topology;

import org.jspecify.annotations.NullMarked;

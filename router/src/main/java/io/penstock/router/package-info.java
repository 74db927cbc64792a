/** Root package; see the module's README. */
@NullMarked
package io.penstock.router;

import org.jspecify.annotations.NullMarked;

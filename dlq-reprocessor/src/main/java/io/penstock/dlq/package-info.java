/** Root package; see the module's README. */
@NullMarked
package io.penstock.dlq;

import org.jspecify.annotations.NullMarked;

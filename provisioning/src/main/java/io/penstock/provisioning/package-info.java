/** Root package; see the module's README. */
@NullMarked
package io.penstock.provisioning;

import org.jspecify.annotations.NullMarked;

/** What every long-running process serves to its operators: metrics and health. */
@NullMarked
package io.penstock.core.observe;

import org.jspecify.annotations.NullMarked;

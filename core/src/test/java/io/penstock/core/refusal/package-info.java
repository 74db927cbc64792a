@NullMarked
package io.penstock.core.refusal;

import org.jspecify.annotations.NullMarked;

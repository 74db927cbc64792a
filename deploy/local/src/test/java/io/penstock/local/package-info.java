@NullMarked
package io.penstock.local;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.penstock.local.demo;

import org.jspecify.annotations.NullMarked;
